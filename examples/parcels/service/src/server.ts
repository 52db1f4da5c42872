import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Address, addressProblems } from './address.js';
import { volumeDiscount } from './discount.js';
import type { ShipmentEvent } from './events.js';
import { isOpen, nextOpening } from './opening-hours.js';
import { pageOf, pageRequest } from './pagination.js';
import { NoRateError, type ParcelRequest, type PriceParcels } from './rates-client.js';
import { type Shipment, Shipments } from './shipments.js';
import { totalOf } from './totals.js';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

interface QuoteRequest {
  readonly origin: string;
  readonly to: Partial<Address>;
  readonly parcels: readonly Pick<ParcelRequest, 'grams' | 'longestSideCm'>[];
  readonly business?: boolean;
  readonly vatId?: string;
}

const MAX_BODY = 256 * 1024;

export function parcelServer({ price }: { readonly price: PriceParcels }): Server {
  const shipments = new Shipments();
  return createServer((request, response) => {
    answer(request, { price, shipments })
      .catch(failure)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
  });
}

interface Context {
  readonly price: PriceParcels;
  readonly shipments: Shipments;
}

async function answer(request: IncomingMessage, { price, shipments }: Context): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://service');
  const events = url.pathname.match(/^\/shipments\/([\w-]+)\/events$/);
  const route = `${request.method} ${events ? '/shipments/:id/events' : url.pathname}`;
  const id = events?.[1] ?? '';
  switch (route) {
    case 'POST /quotes':
      return quote((await jsonBody(request)) as QuoteRequest, price);
    case 'POST /shipments':
      shipments.add((await jsonBody(request)) as Shipment);
      return { status: 201, body: {} };
    case 'GET /shipments':
      return { status: 200, body: pageOf(shipments.list(), pageRequest(url.searchParams)) };
    case 'POST /shipments/:id/events':
      if (!shipments.has(id)) return unknownShipment(id);
      shipments.record(id, (await jsonBody(request)) as ShipmentEvent[]);
      return { status: 202, body: {} };
    case 'GET /shipments/:id/events':
      return shipments.has(id) ? { status: 200, body: shipments.events(id) } : unknownShipment(id);
    case 'GET /depot': {
      const at = new Date(url.searchParams.get('at') ?? Date.now());
      return { status: 200, body: { open: isOpen(at), takesParcelsFrom: nextOpening(at) } };
    }
    default:
      return { status: 404, body: { error: `${route} does not exist` } };
  }
}

async function quote({ origin, to, parcels, business, vatId }: QuoteRequest, price: PriceParcels): Promise<Reply> {
  const problems = addressProblems(to);
  if (problems.length > 0) return { status: 422, body: { error: problems.join('; ') } };
  const { country: destination = '', postcode = '' } = to;
  const priced = await price(parcels.map((parcel) => ({ ...parcel, origin, destination, postcode, business, vatId })));
  const discountPercent = volumeDiscount(parcels.length);
  return { status: 200, body: { parcels: priced, discountPercent, total: totalOf(priced, discountPercent) } };
}

function unknownShipment(id: string): Reply {
  return { status: 404, body: { error: `no shipment ${id}` } };
}

function failure(error: unknown): Reply {
  if (error instanceof NoRateError) return { status: 422, body: { error: error.message } };
  if (error instanceof SyntaxError) return { status: 400, body: { error: 'expected a JSON body' } };
  console.error(error);
  return { status: 500, body: { error: 'something went wrong on our side' } };
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY) throw new SyntaxError('the body is too large');
  }
  return JSON.parse(text);
}
