/** `node test/golden/write.ts <version>`: freezes what the code writes now as the shapes of a version not yet released. */
import { write } from './versions.ts'
import { written } from './written.ts'

const [name] = process.argv.slice(2)
if (name === undefined || !/^\d+\.\d+\.\d+$/.test(name)) {
  console.error('Which version? node test/golden/write.ts 0.2.0')
  process.exitCode = 1
} else {
  write(name, await written())
  console.log(
    `test/golden/${name}/written.json: look at its diff; test/unit/golden.test.ts tells what older versions make of it`,
  )
}
