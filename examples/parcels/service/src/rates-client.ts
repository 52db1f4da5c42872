import { spawn } from 'node:child_process';
import type { PricedParcel } from './totals.js';

export interface ParcelRequest {
  readonly origin: string;
  readonly destination: string;
  readonly postcode: string;
  readonly grams: number;
  readonly longestSideCm?: number;
  readonly business?: boolean;
  readonly vatId?: string;
}

export type PriceParcels = (parcels: readonly ParcelRequest[]) => Promise<readonly PricedParcel[]>;

/** The request is one that no rate exists for, as opposed to a rate library that is broken. */
export class NoRateError extends Error {}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

/** Prices parcels with the rate library: one process per order, JSON in, JSON out. */
export function ratesClient({ command, args, cwd }: Command): PriceParcels {
  return (parcels) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
      const output: Buffer[] = [];
      const errors: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
      // A child that ends without reading closes the pipe under us; its exit code tells the rest.
      child.stdin.on('error', () => {});
      child.on('error', reject);
      child.on('close', (code) => {
        const message = Buffer.concat(errors).toString().trim();
        if (code === 0) resolve(JSON.parse(Buffer.concat(output).toString()).parcels);
        else if (code === 2) reject(new NoRateError(message));
        else reject(new Error(`the rate library ended with ${code}: ${message}`));
      });
      child.stdin.end(JSON.stringify({ parcels }));
    });
}
