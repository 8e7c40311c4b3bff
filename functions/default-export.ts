/**
 * What a module of the adopter exports as its default. Of a module that a compiler made a CommonJS module, the default import
 * is the object of all its exports.
 */
export function defaultExport<T extends object>(imported: T): T {
  const exports: T & { readonly __esModule?: unknown; readonly default?: T } = imported
  return exports.__esModule === true && exports.default !== undefined ? exports.default : imported
}
