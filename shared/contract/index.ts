export * from './actions.ts';
export * from './bridge.ts';
export * from './enrolment.ts';
export * from './events.ts';
export * from './procedures.ts';
