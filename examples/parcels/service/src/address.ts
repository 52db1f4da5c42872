export interface Address {
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
}

const FIELDS = ['street', 'postcode', 'city', 'country'] as const;
const POSTCODES: Readonly<Record<string, RegExp>> = {
  DE: /^\d{5}$/,
  FR: /^\d{5}$/,
  NL: /^\d{4} ?[A-Z]{2}$/,
  CH: /^\d{4}$/,
};

/** What is wrong with an address; nothing when a parcel can be sent there. */
export function addressProblems(address: Partial<Address>): string[] {
  const problems = FIELDS.filter((field) => !address[field]?.trim()).map((field) => `${field} is missing`);
  const format = POSTCODES[address.country ?? ''];
  if (address.postcode && format && !format.test(address.postcode)) {
    problems.push(`postcode "${address.postcode}" is not one of ${address.country}`);
  }
  return problems;
}

export function isComplete(address: Partial<Address>): address is Address {
  return FIELDS.every((field) => address[field]?.trim());
}
