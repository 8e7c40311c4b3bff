import type { Operation } from './requests.ts'
import type { Schema } from './schema.ts'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface DocumentedOperation {
  readonly parameters?: Operation['parameters']
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >
}

/** Every operation of an OpenAPI document. References are followed one level deep, which is as deep as this API's go. */
export function operationsOf({ paths, components }: Document): Operation[] {
  const followed = (schema: Schema | undefined): Schema | undefined => {
    const reference = (schema as { $ref?: string } | undefined)?.$ref
    return reference === undefined ? schema : components.schemas[reference.slice(reference.lastIndexOf('/') + 1)]
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => {
      const body = followed(requestBody?.content['application/json']?.schema)
      const answers = Object.entries(responses).map(([status, { content = {} }]) => [
        status,
        followed(Object.values(content)[0]?.schema),
      ])
      return {
        method: method.toUpperCase(),
        path,
        parameters,
        body,
        responses: Object.fromEntries(answers),
      }
    }),
  )
}
