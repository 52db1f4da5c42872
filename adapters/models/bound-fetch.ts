/**
 * As `fetch`, but the answer ends with its signal however long it takes. Node's own fetch holds the way from the signal
 * to the connection weakly: once the garbage collector has been there, an answer that is under way can't be given up,
 * and no timeout ends it.
 */
export const boundFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const signal = init?.signal;
  if (!response.body || !signal) return response;
  const { status, statusText, headers } = response;
  const body = response.body.pipeThrough(new TransformStream(), { signal });
  return new Response(body, { status, statusText, headers });
};
