import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './style/tokens.css'
import './style/base.css'
import './style/frame.css'
import './style/parts.css'
import './style/screens.css'
import { App } from './app.tsx'

const root = document.querySelector('#app')
if (root) render(<App />, root)
