// `npm pack` and `npm publish` of the repository itself would ship a package.json whose exports are the sources.
process.stderr.write('Run `node tools/package/pack.ts`: it builds the package and packs it with its own package.json\n')
process.exitCode = 1
