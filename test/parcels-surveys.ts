import type { Survey, SurveyedTest } from '../schemas/repair.js';

// What the tests of examples/parcels do, as the survey of the repair engine says it: outcomes, executed lines and
// entered functions of each test. One line per test, `<outcome> <file> | <title> | <functions> | <file>:<lines> …`.

const SERVICE = `
pass pagination | shows as many on the first page as were asked for | pageOf | pagination.ts:18-21
fail pagination | starts the second page after the last shipment of the first | pageOf | pagination.ts:18-21
fail pagination | leaves what remains for the last page | pageOf | pagination.ts:18-21
fail pagination | shows every shipment exactly once over all pages | pageOf | pagination.ts:18-21
pass pagination | counts a page that is not full | pageOf | pagination.ts:18-21
pass pagination | answers a page past the end with the last one | pageOf | pagination.ts:18-21
pass pagination | has one empty page when there is nothing to show | pageOf | pagination.ts:18-21
pass pagination | is the first one with twenty shipments when it names none | pageRequest wholeNumber | pagination.ts:26-28,32
pass pagination | never has more than a hundred shipments | pageRequest wholeNumber | pagination.ts:26-28,32
pass discount | is none below the first threshold | volumeDiscount | discount.ts:14-15
fail discount | applies from exactly the threshold of ten parcels | volumeDiscount | discount.ts:14-15
pass discount | stays the same between two thresholds | volumeDiscount | discount.ts:14-15
fail discount | rises at exactly the threshold of fifty parcels | volumeDiscount | discount.ts:14-15
pass discount | does not rise any further | volumeDiscount | discount.ts:14-15
pass discount | is the price less the percentage | discounted | discount.ts:20
fail events | are recorded only once when the carrier sends an event again | withoutDuplicates | events.ts:11-18
fail events | are dropped wherever they stand, and the order stays | withoutDuplicates | events.ts:11-18
pass events | are not confused with the same status at another time | withoutDuplicates | events.ts:11-18
pass events | are none when nothing happened | withoutDuplicates | events.ts:11-13,18
pass events | is that of the latest event | currentStatus | events.ts:23-27
pass totals | takes the discount off before tax | discounted totalOf | totals.ts:19-26 discount.ts:20
pass server | quotes the sum of all parcels | answer jsonBody quote volumeDiscount totalOf discounted | server.ts:42-90 discount.ts:14-15,20 totals.ts:19-26
pass server | lists shipments with their status | answer jsonBody add record list pageOf pageRequest withoutDuplicates | server.ts:42-90 pagination.ts:18-21,26-28,32 events.ts:11-14,16-18,23-27 shipments.ts:20-43`;

const RATES = `
pass test_quote | test_a_receipt_names_net_tax_and_gross | billable_grams direction percent_of quote reverse_charge tariff_cents tax_cents tax_percent zone_for | quote.py:13-35 rounding.py:9,11,16-17 tariff.py:17-21 tax.py:9-10,16,18,20,24 zones.py:7,9,11,16-17,19-20
pass test_quote | test_a_posting_date_gives_the_day_of_delivery | billable_grams direction percent_of quote reverse_charge tariff_cents tax_cents tax_percent zone_for | quote.py:13-35 rounding.py:9,11,16-17 tariff.py:17-21 tax.py:9,11,16,18,20,24 workdays.py:8,12-16,21 zones.py:7,9,11,16-17,19,21
fail test_rounding | test_rounding_bills_a_started_half_kilo_as_a_whole_one | billable_grams | rounding.py:9,11
fail test_rounding | test_rounding_bills_the_lightest_parcel_as_half_a_kilo | billable_grams | rounding.py:9,11
pass test_rounding | test_rounding_leaves_full_half_kilos_as_they_are[500] | billable_grams | rounding.py:9,11
pass test_rounding | test_a_weight_that_is_not_positive_is_refused[0] | billable_grams | rounding.py:9-10
pass test_rounding | test_a_share_goes_to_the_nearest_cent | percent_of | rounding.py:16-17
pass test_tax | test_the_tax_is_that_of_the_country_of_the_sender | direction reverse_charge tax_percent | tax.py:9-11,16,18,20 zones.py:7,9,11
pass test_tax | test_what_comes_into_the_union_is_taxed_where_it_arrives | direction reverse_charge tax_percent | tax.py:9-10,16,18,20 zones.py:7,9-10
pass test_tax | test_what_leaves_the_union_is_not_taxed | direction tax_percent | tax.py:16-17 zones.py:7-9,11
pass test_tax | test_a_business_with_a_vat_id_in_another_country_declares_the_tax_itself | direction reverse_charge tax_percent | tax.py:9,11,16,18-19 zones.py:7,9,11
pass test_tax | test_a_business_in_the_same_country_pays_the_tax | reverse_charge | tax.py:9-10
pass test_tax | test_a_private_customer_pays_the_tax | direction reverse_charge | tax.py:9,11 zones.py:7,9,11
pass test_zones | test_direction_is_export_when_a_parcel_leaves_the_union | direction | zones.py:7-8
pass test_zones | test_direction_is_import_when_a_parcel_enters_the_union | direction | zones.py:7,9-10
pass test_zones | test_direction_tells_parcels_inside_the_union_from_parcels_outside_it | direction | zones.py:7,9,11
fail test_zones | test_zone_of_a_parcel_from_the_union_to_a_country_outside_is_export | direction zone_for | zones.py:7,9-10,16-17,19,21
fail test_zones | test_zone_of_a_parcel_from_outside_into_the_union_is_import | direction zone_for | zones.py:7-8,16-17,19,21
pass test_zones | test_zone_within_one_country_is_domestic | zone_for | zones.py:16-17,19-20
pass test_zones | test_zone_between_two_countries_of_the_union_is_union | direction zone_for | zones.py:7,9,11,16-17,19,21`;

/** After examples/parcels-tax-fault was committed. */
const TAX = `
fail test_tax_reverse_charge | test_a_business_without_a_vat_id_pays_the_tax | direction reverse_charge | tax.py:9,11 zones.py:7,9,11
fail test_tax_reverse_charge | test_a_private_customer_with_a_vat_id_pays_the_tax | direction reverse_charge | tax.py:9,11 zones.py:7,9,11
pass test_tax_reverse_charge | test_a_business_with_a_vat_id_still_declares_the_tax_itself | direction reverse_charge | tax.py:9,11 zones.py:7,9,11`;

/** The surveys of both modules; `mended` is the base after the five faults of PAR-101. */
export function parcelsSurveys({ taxFault, mended = false }: { taxFault: boolean; mended?: boolean }): Survey[] {
  const service = testsOf(SERVICE, (file) => `test/${file}.test.ts`, 'service', 'service/src/');
  const rates = testsOf(RATES, (file) => `tests/${file}.py`, 'rates', 'rates/rates/');
  const tax = testsOf(TAX, (file) => `tests/${file}.py`, 'rates', 'rates/rates/');
  const asBefore = (tests: SurveyedTest[]) =>
    mended ? tests.map((test): SurveyedTest => ({ ...test, outcome: 'pass' })) : tests;
  return [
    { module: 'service', tests: asBefore(service) },
    { module: 'rates', tests: [...asBefore(rates), ...(taxFault ? tax : [])] },
  ];
}

function testsOf(text: string, fileOf: (name: string) => string, module: string, sources: string): SurveyedTest[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [head = '', title = '', symbols = '', covered = ''] = line.split(' | ');
      const [outcome, name = ''] = head.split(' ');
      const group = module === 'service' ? `${name} > ` : '';
      return {
        id: `${fileOf(name)}::${group}${title}`,
        file: `${module}/${fileOf(name)}`,
        title,
        outcome: outcome as SurveyedTest['outcome'],
        covered: Object.fromEntries(
          covered.split(' ').map((part) => {
            const [path = '', lines = ''] = part.split(':');
            return [`${sources}${path}`, linesOf(lines)];
          }),
        ),
        symbols: symbols.split(' '),
      };
    });
}

function linesOf(ranges: string): number[] {
  return ranges.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
