/** Figures about the systems that changes go to. */
export interface Metrics {
  /**
   * The one number that the query gives now; undefined when it gives none. Throws when it gives several, is no valid
   * query, or can't be asked.
   */
  value(query: string, signal?: AbortSignal): Promise<number | undefined>;
}
