export * from './actions.ts';
export * from './challenges.ts';
export * from './credentials.ts';
export * from './enrolments.ts';
export { asStoreError, isDuplicate } from './errors.ts';
export { openStore, type Store } from './open.ts';
export * from './people.ts';
export * from './tables.ts';
