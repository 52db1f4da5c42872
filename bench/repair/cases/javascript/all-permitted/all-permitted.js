export function allPermitted(actions, grants) {
  return actions.some((action) => grants.includes(action));
}
