export function uniqueTags(tags) {
  const seen = new Set();
  const result = [];
  for (const tag of tags) {
    const key = tag.toLowerCase();
    if (seen.has(key)) continue;
    result.push(tag);
  }
  return result;
}
