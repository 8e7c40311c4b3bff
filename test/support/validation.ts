/** What DynamoDB answers to a request that can never be right. The SDK's error has the same name. */
export class ValidationException extends Error {
  override readonly name = 'ValidationException'
}
