/** placeholder-infra */
export const handler = async () => ({ batchItemFailures: [] })
