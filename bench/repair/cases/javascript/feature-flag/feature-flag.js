export function visible(item, user) {
  if (item.published) return user.admin;
  return true;
}
