// Keys of a forge's issues. Pure: the doors and the trackers make the same ones.

/** `<owner>.<repo>-<number>`, with a dash for whatever a key can't have. */
export function issueKey(project: string, number: number): string {
  return `${project.split('/').map(keyPart).join('.')}-${number}`;
}

/** A part of a key: what may not be in one is a dash. */
export function keyPart(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-');
}

/** The project of a key, among those that are known; undefined for a key of another one. */
export function issueOf(key: string, projects: readonly string[]): { project: string; number: number } | undefined {
  const number = Number(/-(\d{1,12})$/.exec(key)?.[1] ?? Number.NaN);
  const project = projects.find((candidate) => issueKey(candidate, number) === key);
  return project === undefined ? undefined : { project, number };
}
