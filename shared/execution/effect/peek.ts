/** A read of an effect by a function that may only write the table. */
import { absent, type Write } from '../../lib/write.ts'

/**
 * Asks for an effect as it is: the condition never holds, so the refusal shows the item. A consumer may not read the table,
 * which keeps its grants few; this is rare, and costs one write unit.
 */
export function peek(jobId: string): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk: jobId },
    update: { text: 'SET lane = lane' },
    condition: { text: `attribute_exists(pk) AND ${absent.text}` },
    quiet: true,
  }
}
