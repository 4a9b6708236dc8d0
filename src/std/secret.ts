/** A secret, asked for each time it is needed: one that was rotated meanwhile is taken. */
export type Secret = () => string | Promise<string>
