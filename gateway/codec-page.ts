/** Where people tell the token, once in twelve hours, when their Temporal UI knows no identity provider. */
export const SIGN_IN_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Signalbox codec server</title>
<h1>Signalbox codec server</h1>
<p>Sign in, and Temporal UI shows in this browser what is encrypted.</p>
<form method="post">
<label>Token <input type="password" name="token" autocomplete="off" required autofocus></label>
<button>Sign in</button>
</form>
</html>
`;
