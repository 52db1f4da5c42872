import type { StoredIssue } from './linear-workspace.js';

/** An issue for people to look at, so that the links in the demo lead somewhere. */
export function issuePage({ identifier, title, description, state, labels, comments }: StoredIssue): string {
  const said = comments.map(({ author, body }) => `<h3>${html(author.name)}</h3><pre>${html(body)}</pre>`);
  return `<!doctype html><meta charset="utf-8"><title>${html(identifier)}</title>
<style>body{font:16px system-ui;max-width:50em;margin:2em auto}pre{white-space:pre-wrap;font:inherit}</style>
<h1>${html(identifier)} ${html(title)}</h1><p><b>${html(state.name)}</b> ${html(labels.join(', '))}</p>
<pre>${html(description)}</pre><h2>Comments</h2>${said.join('\n') || 'None yet.'}`;
}

function html(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
