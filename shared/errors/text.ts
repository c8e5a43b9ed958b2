/** A plain sentence and what to do next. Texts name no id and no secret. */
export type ErrorText = { message: string; hint: string };
