export * from './clock.ts';
export * from './environment.ts';
export * from './folders.ts';
export * from './ids.ts';
export * from './log.ts';
