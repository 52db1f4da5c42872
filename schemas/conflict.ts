// Two sides that git can't bring together by itself. Pure and without zod: workflows use it too.

/** `both`: both sides changed or added it. Removed on one side and changed on the other one. `other`: what it is changed. */
export type CollisionKind = 'both' | 'removed-there' | 'removed-here' | 'other';

export interface CollidingFile {
  readonly path: string;
  readonly kind: CollisionKind;
}

/** A commit of one side that touches what collides. */
export interface SideCommit {
  readonly commit: string;
  readonly title: string;
  readonly author: string;
}

/** Commits: what is taken in (the base, or what a person pushed), and the change that has to live with it. */
export interface Sides {
  readonly repo: string;
  readonly taken: string;
  readonly ours: string;
}

/** What has to be decided, as it is put to whoever decides it. */
export interface Conflict extends Sides {
  /** Both sides together; files of kind `both` have them between markers, with what they had in common. */
  readonly commit: string;
  readonly tree: string;
  /** Of what is taken in. */
  readonly takenTree: string;
  readonly files: readonly CollidingFile[];
  /** The newest ones. */
  readonly there: readonly SideCommit[];
  readonly here: readonly SideCommit[];
}
