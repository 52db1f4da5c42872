export function slug(title) {
  return title.trim().replace(/[^a-z0-9]+/g, '-');
}
