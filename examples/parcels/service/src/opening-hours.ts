interface Hours {
  readonly opens: number;
  readonly closes: number;
}

const WORKDAY: Hours = { opens: 8 * 60, closes: 18 * 60 };
const SATURDAY: Hours = { opens: 9 * 60, closes: 13 * 60 };

/** When depots take parcels in, by day of the week from Sunday, in minutes of the day. */
const WEEK: readonly (Hours | undefined)[] = [undefined, WORKDAY, WORKDAY, WORKDAY, WORKDAY, WORKDAY, SATURDAY];

export function isOpen(at: Date): boolean {
  const hours = WEEK[at.getUTCDay()];
  if (!hours) return false;
  const minutes = at.getUTCHours() * 60 + at.getUTCMinutes();
  return minutes >= hours.opens && minutes < hours.closes;
}

/** The moment from which a depot takes the parcel: now when it is open, else the next opening. */
export function nextOpening(at: Date): Date {
  if (isOpen(at)) return at;
  for (let ahead = 0; ahead <= 7; ahead++) {
    const hours = WEEK[(at.getUTCDay() + ahead) % 7];
    if (!hours) continue;
    const opening = new Date(at);
    opening.setUTCDate(at.getUTCDate() + ahead);
    opening.setUTCHours(0, hours.opens, 0, 0);
    if (opening > at) return opening;
  }
  throw new Error('expected at least one opening within a week');
}
