import { render } from 'solid-js/web'
import { reportStyles, themeStyles } from '../core/render/stylesheet.ts'
import { App } from './app.tsx'
import './styles/base.css'
import './styles/shell.css'

// The look of a report is the core's, the same as in `decode --html`. A constructed sheet needs no inline style.
const sheet = new CSSStyleSheet()
sheet.replaceSync(themeStyles + reportStyles)
document.adoptedStyleSheets = [sheet]

const root = document.getElementById('app')
if (root !== null) render(() => <App />, root)
