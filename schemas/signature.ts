// What an item is compared by: computed once where it is read, small enough that a workflow can hold a thousand of them.

/** Text from outside decides with it what is grouped, and nothing else. */
export interface Signature {
  /** `item:…`, `alert:…`, `link:…`: whoever shares one tells of the same work. */
  readonly keys: readonly string[];
  /** Type and top frames of errors, hashed. */
  readonly traces: readonly string[];
  /** Type and message of errors, without what differs from time to time, hashed. */
  readonly errors: readonly string[];
  /** Keys of what it names without saying that it is the same. */
  readonly mentions: readonly string[];
  /** Keys of what it says that it is not. */
  readonly unlike: readonly string[];
  /** `group=value` of what tells faults apart: `direction=export`, `platform=ios`. */
  readonly contrasts: readonly string[];
  /** Its most telling words, packed by `packTerms`. */
  readonly terms: string;
}

/** So many words tell a fault from others; the rest is prose. */
const TERMS = 56;
const ID_CHARACTERS = 4;
/** Weights are kept in quarters, up to 35 of them. */
const QUARTERS = 4;

/** Five characters a term: four of its hash, one of its weight. */
export function packTerms(weights: ReadonlyMap<string, number>): string {
  return [...weights]
    .sort(([one, weight], [other, otherWeight]) => otherWeight - weight || (one < other ? -1 : 1))
    .slice(0, TERMS)
    .map(([term, weight]) => idOf(term) + Math.max(1, Math.min(35, Math.round(weight * QUARTERS))).toString(36))
    .join('');
}

/** An item is compared with many, again and again. */
const unpacked = new Map<string, ReadonlyMap<string, number>>();
const REMEMBERED = 2_000;

export function unpackTerms(packed: string): ReadonlyMap<string, number> {
  const known = unpacked.get(packed);
  if (known) return known;
  const terms = new Map<string, number>();
  for (let at = 0; at + ID_CHARACTERS < packed.length; at += ID_CHARACTERS + 1) {
    const id = packed.slice(at, at + ID_CHARACTERS);
    terms.set(id, Number.parseInt(packed.charAt(at + ID_CHARACTERS), 36) / QUARTERS);
  }
  if (unpacked.size >= REMEMBERED) unpacked.clear();
  unpacked.set(packed, terms);
  return terms;
}

/** FNV-1a: workflows have no crypto, and two words of one id only make two items a little more alike. */
function idOf(term: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < term.length; at++) {
    hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193);
  }
  return ((hash >>> 0) % 36 ** ID_CHARACTERS).toString(36).padStart(ID_CHARACTERS, '0');
}
