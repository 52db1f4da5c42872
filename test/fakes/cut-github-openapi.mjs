// Cuts what is used of GitHub's own description of its API out of the npm package @octokit/openapi, which is too large
// to depend on: npm pack @octokit/openapi@23.0.2, unpack it, then
//   node test/fakes/cut-github-openapi.mjs package/generated/api.github.com.json > test/fakes/github-openapi.json
import { readFileSync } from 'node:fs';

const REPO = '/repos/{owner}/{repo}';
const USED = {
  '/app': ['get'],
  '/app/installations/{installation_id}/access_tokens': ['post'],
  '/user': ['get'],
  [`${REPO}/installation`]: ['get'],
  [`${REPO}/collaborators/{username}/permission`]: ['get'],
  [`${REPO}/pulls`]: ['get', 'post'],
  [`${REPO}/pulls/{pull_number}`]: ['get'],
  [`${REPO}/pulls/{pull_number}/comments`]: ['get'],
  [`${REPO}/pulls/{pull_number}/comments/{comment_id}/replies`]: ['post'],
  [`${REPO}/pulls/{pull_number}/commits`]: ['get'],
  [`${REPO}/pulls/{pull_number}/reviews`]: ['get'],
  [`${REPO}/pulls/{pull_number}/merge`]: ['put'],
  [`${REPO}/issues/{issue_number}`]: ['get', 'patch'],
  [`${REPO}/issues/{issue_number}/comments`]: ['get', 'post'],
  [`${REPO}/issues/{issue_number}/labels`]: ['post'],
  [`${REPO}/rules/branches/{branch}`]: ['get'],
  [`${REPO}/branches/{branch}/protection`]: ['get'],
  [`${REPO}/git/commits/{commit_sha}`]: ['get'],
  [`${REPO}/commits/{ref}/statuses`]: ['get'],
  [`${REPO}/statuses/{sha}`]: ['post'],
  [`${REPO}/commits/{ref}/check-runs`]: ['get'],
  [`${REPO}/check-runs`]: ['post'],
  [`${REPO}/check-runs/{check_run_id}`]: ['patch'],
};
/** Of what is said about a value, what says whether it is right. */
const KEPT = ['type', 'enum', 'nullable', 'required', 'maxLength', 'maxItems', 'minimum'];
/** Answers are checked as deep as anybody looks. */
const DEPTH = 6;

const [file] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(file, 'utf8'));

function resolve(node) {
  if (!node?.$ref) return node;
  return resolve(
    node.$ref
      .slice(2)
      .split('/')
      .reduce((at, key) => at[key], whole),
  );
}

function schema(given, depth = DEPTH) {
  const node = resolve(given);
  if (depth === 0 || !node) return {};
  const cut = Object.fromEntries(KEPT.filter((key) => node[key] !== undefined).map((key) => [key, node[key]]));
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    if (node[key]) cut[key] = node[key].map((one) => schema(one, depth));
  }
  if (node.items) cut.items = schema(node.items, depth - 1);
  if (node.additionalProperties === false) cut.additionalProperties = false;
  if (node.properties) {
    // Links to other requests are not looked at.
    const own = Object.entries(node.properties).filter(
      ([name]) => !/_url$|^_links$|^reactions$|^repo$/.test(name) || /^(html|details|target)_url$/.test(name),
    );
    cut.properties = Object.fromEntries(own.map(([name, value]) => [name, schema(value, depth - 1)]));
    if (cut.required) cut.required = cut.required.filter((name) => name in cut.properties);
  }
  return cut;
}

function operation(given) {
  const parameters = (given.parameters ?? []).map(resolve);
  const body = resolve(given.requestBody)?.content?.['application/json']?.schema;
  const answers = Object.entries(given.responses).filter(([status]) => status.startsWith('2'));
  return {
    query: Object.fromEntries(
      parameters.filter((one) => one.in === 'query').map((one) => [one.name, schema(one.schema)]),
    ),
    ...(body && { body: schema(body) }),
    answers: Object.fromEntries(
      answers.map(([status, one]) => [status, schema(resolve(one).content?.['application/json']?.schema, DEPTH)]),
    ),
  };
}

const cut = Object.fromEntries(
  Object.entries(USED).map(([path, methods]) => [
    path,
    Object.fromEntries(methods.map((method) => [method, operation(whole.paths[path][method])])),
  ]),
);
process.stdout.write(`${JSON.stringify({ from: '@octokit/openapi@23.0.2', paths: cut })}\n`);
