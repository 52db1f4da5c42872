/** Personal keys are shown as they are; what else Linear gives, to an app for example, is a token of OAuth. */
export function linearAuthorization(key: string): string {
  return key.startsWith('lin_api_') || /^bearer /i.test(key) ? key : `Bearer ${key}`;
}
