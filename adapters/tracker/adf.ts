// Atlassian's document format (developer.atlassian.com/cloud/jira/platform/apis/document), as far as it is written and
// read here. Of what people write in it, unknown nodes come too: their content is read.

export interface AdfMark {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

export interface AdfNode {
  readonly type: string;
  readonly text?: string;
  readonly marks?: readonly AdfMark[];
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly content?: readonly AdfNode[];
}

export interface AdfDocument {
  readonly type: 'doc';
  readonly version: 1;
  readonly content: readonly AdfNode[];
}

/** The text of an attribute; empty where it has none. */
export function attribute({ attrs }: AdfNode | AdfMark, name: string): string {
  const value = attrs?.[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
