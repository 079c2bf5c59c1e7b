// use-allowed.tsx
'use client';
import { useSyncExternalStore, type ReactNode } from 'react';

const EVENTS = ['ouinon:ready', 'ouinon:change'] as const;

function subscribe(tell: () => void): () => void {
  for (const event of EVENTS) document.addEventListener(event, tell);
  return () => EVENTS.forEach((event) => document.removeEventListener(event, tell));
}

/** Whether it may be used now; false on the server and until it is known. */
export const useAllowed = (purpose: string, vendor?: string): boolean =>
  useSyncExternalStore(subscribe, () => window.ouinon?.allowed?.(purpose, vendor) ?? false, () => false);

export function Allowed({ purpose, vendor, children }: { purpose: string; vendor?: string; children: ReactNode }) {
  return useAllowed(purpose, vendor) ? <>{children}</> : null;
}

export const Cookies = () => <button type="button" data-ouinon="open">Cookies</button>;
