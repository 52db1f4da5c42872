export interface GiteaPlace {
  readonly directory: string;
  readonly port: number;
  readonly assets: string;
}

/** Gitea's app.ini. Nobody but this machine reaches it, and it reaches nobody else. */
export function giteaSettings({ directory, port, assets }: GiteaPlace): string {
  return `
APP_NAME = Forge
RUN_MODE = prod
WORK_PATH = ${directory}
; It listens on loopback only, as whoever runs the tests.
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
STATIC_ROOT_PATH = ${assets}
APP_DATA_PATH = ${directory}/data
[database]
DB_TYPE = sqlite3
PATH = ${directory}/gitea.db
SQLITE_JOURNAL_MODE = WAL
[repository]
ROOT = ${directory}/repositories
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
SECRET_KEY = not-a-secret-on-loopback
INTERNAL_TOKEN = not-a-secret-on-loopback
[service]
DISABLE_REGISTRATION = true
[oauth2]
ENABLED = false
[mailer]
ENABLED = false
[webhook]
ALLOWED_HOST_LIST = loopback
DELIVER_TIMEOUT = 5
[queue]
TYPE = channel
[session]
PROVIDER = memory
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[actions]
ENABLED = false
[packages]
ENABLED = false
[log]
MODE = console
LEVEL = Warn
`;
}
