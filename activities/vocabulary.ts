import { stem } from './stem.js';

// Words of tickets and alerts. Data, not cleverness: what people say differently for the same thing, what says nothing,
// and what tells two faults apart however alike they are otherwise.

const list = (words: string) => words.trim().split(/\s+/);
const stems = (words: string) => list(words).map(stem);

/** Said in every ticket. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  list(`a about after again all also am an and any anyone anybody are as at away be because been before being both but by
  can cannot could did do does doing done down each either else ever every few for from further get gets getting go goes going got
  had has have having he hello her here hers hey hi him his how i if in into is it its itself just kind know let like
  look looks lot make many may maybe me might mine more most much must my near need needs no nor not now of off on once only or
  other our ours out over own per please quite rather really regards same say says see seems seen she should since so some
  somebody someone something sorry still such than thank thanks that the their theirs them then there these they thing things
  think this those though through to today too tried try trying under until up upon us use used uses using very via was way
  we were what when where whether which while who whom whose why will with within without would yes yesterday yet you
  your yours morning afternoon evening week weeks day days hour hours minute minutes ago team everyone guys folks cheers
  happens happen happened expected instead result results actual current steps reproduce problem issue issues bug ticket
  reported reports report reporter case example`),
);

/** Said in many tickets: they tell something, but little. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  stems(`error fail work show open click user customer page app system time wrong correct new old first last number value
  data list service request response server message button screen account item production prod environment version
  release deploy start stop change set add remove find check come give take long many always sometimes never one two three
  high alert firing threshold rate above job`),
);

/** What people say differently: each line one thing. */
const SYNONYM_LINES = `
fail error exception broken break broke crash crashe fault failure failing fails bomb blow blew explode
slow latency sluggish laggy lag delay crawl hang hung stuck freeze frozen timeout timed forever spin spinner
login signin logon authenticate auth authentication credential
logout signout
signup register registration onboard onboarding
pay payment charge checkout
refund reimburse reimbursement chargeback
twice double duplicate duplicated doubled again
mail email inbox
cart basket trolley
price cost amount pricing
total sum grandtotal subtotal
discount coupon voucher promo rebate promocode
parcel package shipment consignment delivery
label sticker
invoice bill billing
picture image photo avatar thumbnail
search lookup query find
filter narrow
empty blank missing vanish vanished disappear disappeared gone lost nothing
restart reboot crashloop crashloopbackoff oom oomkilled
memory heap ram leak
disk storage volume filesystem
cpu processor
database db postgres postgresql mysql
queue backlog kafka topic
certificate cert tls ssl
timezone tz utc
currency eur usd gbp
password passphrase
delete remove erase
download export
upload import
round rounding cent penny
tax vat
address street zip postcode
locale language translation
mobile phone handset
webhook callback
token jwt session
denied forbidden unauthorized refuse refused reject rejected decline declined
notification notify push
cache cached stale outdated
schedule cron nightly scheduled
warehouse depot
weight heavy heaviness kg kilogram
quote estimate
track tracking trace
`;

export const SYNONYMS: ReadonlyMap<string, string> = new Map(
  SYNONYM_LINES.trim()
    .split('\n')
    .flatMap((line) => {
      const [name = '', ...others] = list(line);
      return [name, ...others].map((word): [string, string] => [stem(word), stem(name)]);
    }),
);

/** Two items that name different ones of a line are not the same fault, whatever else they share. */
export const CONTRASTS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  platform: { ios: /\b(ios|iphones?|ipads?)\b/i, android: /\bandroid\b/i },
  browser: { chrome: /\bchrom(e|ium)\b/i, firefox: /\bfirefox\b/i, safari: /\bsafari\b/i },
  direction: { export: /\bexport/i, import: /\bimport/i },
  format: { csv: /\bcsv\b/i, pdf: /\bpdf\b/i, xlsx: /\b(xlsx?|excel)\b/i, json: /\bjson\b/i },
  session: {
    login: /\b(log(ged|ging)?[ -]?(in|on)|sign(ed|ing)?[ -]?in)\b/i,
    logout: /\b(log(ged|ging)?[ -]?out|sign(ed|ing)?[ -]?out)\b/i,
    signup: /\b(sign(ed|ing)?[ -]?up|regist(er|ration))/i,
  },
  channel: { mail: /\be?-?mails?\b/i, sms: /\b(sms|text message)/i, push: /\bpush notification/i },
  card: { amex: /\b(amex|american express)\b/i, visa: /\bvisa\b/i, paypal: /\bpaypal\b/i },
  place: { staging: /\bstaging\b/i, production: /\b(production|prod)\b/i },
  resource: {
    memory: /\b(memory|oom|oomkilled|heap)\b/i,
    disk: /\b(disk|filesystem|volume)\b/i,
    cpu: /\bcpu\b/i,
    certificate: /\bcert(ificate)?s?\b/i,
  },
  status: {
    '404': /\b404\b/,
    '500': /\b500\b/,
    '502': /\b502\b/,
    '503': /\b503\b/,
    '403': /\b403\b/,
    '401': /\b401\b/,
  },
};
