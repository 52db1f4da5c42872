/**
 * The last line of every comment that Signalbox writes. People see what wrote it; we recognise our own comments by it,
 * together with their author, and so never answer ourselves.
 */
export function markComment(body: string, effectKey: string): string {
  return `${body.trimEnd()}\n\n_Signalbox · ${effectKey}_`;
}

/** The effect key of a comment of ours. Sources rewrite Markdown, so both ways to write emphasis count. */
export function commentMarker(body: string): string | undefined {
  const text = body.trimEnd();
  const lastLine = text.slice(text.lastIndexOf('\n') + 1);
  return /^[_*]Signalbox · (.+)[_*]$/.exec(lastLine)?.[1];
}
