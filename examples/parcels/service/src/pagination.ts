export interface PageRequest {
  readonly page: number;
  readonly size: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;

/** The requested page; a page past the end is the last one. */
export function pageOf<T>(all: readonly T[], { page, size }: PageRequest): Page<T> {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const current = Math.min(page, pages);
  const start = (current - 1) * (size - 1);
  return { items: all.slice(start, start + size), page: current, pages, total: all.length };
}

/** Reads `?page=2&size=50`; what is missing or makes no sense falls back to the default. */
export function pageRequest(query: URLSearchParams): PageRequest {
  const page = wholeNumber(query.get('page')) ?? 1;
  const size = wholeNumber(query.get('size')) ?? DEFAULT_SIZE;
  return { page, size: Math.min(size, MAX_SIZE) };
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
