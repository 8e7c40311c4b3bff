/** How the demo speaks: coloured for a person at a terminal, plain for a file or a pipe. */
import { styleText } from 'node:util'

const coloured = process.stdout.isTTY === true && !process.env.NO_COLOR
type Style = Parameters<typeof styleText>[0]
const paint = (style: Style, text: string) => (coloured ? styleText(style, text, { validateStream: false }) : text)

const say = (line = '') => process.stdout.write(`${line}\n`)

export const words = {
  title: (text: string) => say(paint('bold', text)),
  /** A step of the story. */
  step: (number: number, text: string) => say(`\n${paint(['bold', 'cyan'], `${number}  ${text}`)}`),
  tell: (text: string) => say(`   ${text}`),
  /** Something that is now proved. */
  proved: (text: string) => say(`   ${paint('green', '✓')} ${text}`),
  /** Where a person can see it. */
  look: (text: string) => say(`   ${paint('dim', `look: ${text}`)}`),
  done: (text: string) => say(`\n${paint(['bold', 'green'], text)}`),
  failed: (text: string) => process.stderr.write(`\n${paint(['bold', 'red'], text)}\n`),
}
