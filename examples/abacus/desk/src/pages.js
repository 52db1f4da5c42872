/** Index of the first item on a page; pages count from 1. */
export function firstOn(page, size) {
  return (page - 1) * size;
}
