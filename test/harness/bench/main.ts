/** `npm run bench` measures. `npm run bench -- bill` measures nothing: it prints what a load costs, of figures that `cost` measured. */
await import(process.argv[2] === 'bill' ? './cost/print-bill.ts' : './run.ts')
