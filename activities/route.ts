import type { RoleName, Route, Rung } from '../schemas/agent.js';
import type { LedgerEntry } from '../schemas/ledger.js';
import type { ModelCard, Tier } from '../schemas/model.js';
import type { Price } from '../schemas/money.js';
import { describeOutcomes, dominates, isHopeless, type Measured, measure, pooled } from './outcomes.js';

// Which model is tried first, and which after it. Pure. Rules lay the ladder; measured outcomes of the same role at the
// same kind of work then take models off it and put the rest in order.
//
// A model is never chosen while a dominating one is there. It is compared with the models of its own rung and of the
// rungs above: those get the same work or harder work. Those below are not evidence against it, because it is given only
// what they failed at. Prices alone dominate nothing: a cheaper model of the same tier may be worse.

export interface RouteRequest {
  readonly role: RoleName;
  readonly kind: string;
  /** Cheapest first. */
  readonly cards: readonly ModelCard[];
  /** The role's own. When none of its tiers has a model, those of the other tier do the work. */
  readonly ladder: readonly Tier[];
  /** What the blueprint says instead: tiers and names of models. Then nothing else is used. */
  readonly models?: readonly string[];
  readonly avoid?: readonly string[];
  readonly history: readonly LedgerEntry[];
}

type Dropped = Route['dropped'][number];

interface Step {
  readonly cards: readonly ModelCard[];
  /** Nothing speaks for it but its provider: it comes last. */
  readonly spare?: ModelCard;
  readonly notes: readonly string[];
}

/** Every model is on a rung or dropped with a reason. No rungs: nothing may be used. */
export function routeFor(request: RouteRequest): Route {
  const { cards, dropped, note } = candidates(request);
  const measured = measure(request.history, request);
  const ladder = grouped(cards).map((rung, index, all) =>
    best(rung, all.slice(index + 1).flat(), measured, request, dropped),
  );
  const steps = withoutHopeless(
    ladder.filter((step) => step.cards.length > 0),
    measured,
    request,
    dropped,
  );
  return { rungs: steps.map((step) => rungOf(allOf(step), [...(note ? [note] : []), ...step.notes])), dropped };
}

function candidates({ role, cards, ladder, models }: RouteRequest) {
  const steps: readonly string[] = models ?? ladder;
  const isTier = (step: string) => step === 'small' || step === 'strong';
  const chosen = new Set(
    steps.flatMap((step) => cards.filter(({ name, tier }) => (isTier(step) ? tier : name) === step)),
  );
  const unknown = steps.filter((step) => !isTier(step) && !cards.some(({ name }) => name === step));
  const dropped: Dropped[] = [...new Set(unknown)].map((model) => ({
    model,
    because: 'this installation has no model of that name',
  }));
  if (chosen.size === 0 && models === undefined) {
    return { cards, dropped, note: `no ${ladder.join(' or ')} model is configured` };
  }
  const because = `not on the ladder of the ${role}: ${steps.join(', ')}`;
  dropped.push(...cards.filter((card) => !chosen.has(card)).map(({ name }) => ({ model: name, because })));
  return { cards: [...chosen], dropped };
}

/** Neighbours of one tier make one rung, so that the next provider is there when one does not answer. */
function grouped(cards: readonly ModelCard[]): ModelCard[][] {
  const rungs: ModelCard[][] = [];
  for (const card of cards) {
    const rung = rungs.at(-1);
    if (rung?.[0]?.tier === card.tier) rung.push(card);
    else rungs.push([card]);
  }
  return rungs;
}

/** The models of one rung in order, without those that nothing speaks for. */
function best(
  rung: readonly ModelCard[],
  above: readonly ModelCard[],
  measured: Measured,
  { kind, avoid = [] }: RouteRequest,
  dropped: Dropped[],
): Step {
  const weak = new Map<ModelCard, string>();
  const avoided = ({ name }: ModelCard) => avoid.includes(name);
  for (const card of rung) {
    const own = measured.of(card.name);
    // A model that should not be used is no reason to do without one that may be.
    const rivals = [...rung, ...above].filter((rival) => !avoided(rival) || avoided(card));
    const rival = rivals.find(({ name }) => dominates(measured.of(name), own));
    if (rival) weak.set(card, `dominated at ${kind} by ${told(rival, measured)}; its own: ${describeOutcomes(own)}`);
  }
  const hopeless = rung.filter((card) => !weak.has(card) && isHopeless(measured.of(card.name)));
  if (rung.some((card) => !weak.has(card) && !hopeless.includes(card))) {
    for (const card of hopeless) weak.set(card, `fails at ${kind}: ${describeOutcomes(measured.of(card.name))}`);
  }
  const kept = inOrder(
    rung.filter((card) => !weak.has(card)),
    measured,
  );
  const ordered = [...kept.filter((card) => !avoided(card)), ...kept.filter(avoided)];
  const spare = spareOf(ordered, inOrder([...weak.keys()], measured));
  for (const [card, because] of weak) if (card !== spare) dropped.push({ model: card.name, because });
  const notes = [
    measured.tells(ordered)
      ? `by cost per pass at ${kind}: ${ordered.map((card) => told(card, measured)).join('; ')}`
      : `nothing measured yet at ${kind}: in the order of prices and of the ladder`,
    ...(ordered.length > 0 && ordered.every(avoided) ? ['there is none besides the one to avoid'] : []),
    ...(spare ? [`${spare.name} only while ${ordered[0]?.provider} does not answer: ${weak.get(spare)}`] : []),
  ];
  return { cards: ordered, notes, ...(spare && { spare }) };
}

function told({ name }: ModelCard, measured: Measured): string {
  return `${name} (${describeOutcomes(measured.of(name))})`;
}

/** By what a pass costs, once something is known; until then as they were given. */
function inOrder(cards: readonly ModelCard[], measured: Measured): ModelCard[] {
  if (!measured.tells(cards)) return [...cards];
  const usd = new Map(cards.map((card) => [card, measured.usdPerPass(card, cards)]));
  return [...cards].sort((one, other) => {
    const [a, b] = [usd.get(one) ?? 0, usd.get(other) ?? 0];
    return a < b ? -1 : a > b ? 1 : 0;
  });
}

/** One model of another provider stays, the last one, when all the others have the same: it may be down. */
function spareOf(kept: readonly ModelCard[], weak: readonly ModelCard[]): ModelCard | undefined {
  const providers = new Set(kept.map(({ provider }) => provider));
  return providers.size === 1 ? weak.find(({ provider }) => !providers.has(provider)) : undefined;
}

/** A rung that all but never passes only costs money before the next one is tried. The last one stays. */
function withoutHopeless(
  steps: readonly Step[],
  measured: Measured,
  { kind }: RouteRequest,
  dropped: Dropped[],
): readonly Step[] {
  const kept: Step[] = [];
  const skipped: string[] = [];
  for (const [index, step] of steps.entries()) {
    const all = pooled(step.cards.map(({ name }) => measured.of(name)));
    if (index === steps.length - 1 || !isHopeless(all)) {
      kept.push({ ...step, notes: [...skipped.splice(0), ...step.notes] });
      continue;
    }
    const because = `${step.cards[0]?.tier} models pass ${all.passed} of ${all.n} at ${kind}`;
    skipped.push(`skips the rung below: ${because}`);
    dropped.push(...allOf(step).map(({ name }) => ({ model: name, because: `rung skipped: ${because}` })));
  }
  return kept;
}

function allOf({ cards, spare }: Step): ModelCard[] {
  return spare ? [...cards, spare] : [...cards];
}

function rungOf(cards: readonly ModelCard[], notes: readonly string[]): Rung {
  return {
    tier: cards[0]?.tier ?? 'small',
    models: cards.map(({ name }) => name),
    because: notes.join('; '),
    price: dearest(cards.map(({ price }) => price)),
    contextTokens: Math.min(...cards.map(({ contextTokens }) => contextTokens)),
    maxOutputTokens: Math.min(...cards.map(({ maxOutputTokens }) => maxOutputTokens)),
  };
}

/** What is reserved must suffice whichever of them answers. */
function dearest(prices: readonly (Price | null)[]): Price | null {
  return prices.reduce((one, other) =>
    one === null || other === null
      ? null
      : {
          input: Math.max(one.input, other.input),
          output: Math.max(one.output, other.output),
          cacheRead: Math.max(one.cacheRead, other.cacheRead),
          cacheWrite: Math.max(one.cacheWrite, other.cacheWrite),
        },
  );
}
