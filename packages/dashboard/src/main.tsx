import './no-eval.ts'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { takeKeyFromAddress } from './key-store.ts'
import './styles/base.css'
import './styles/page.css'
import './styles/table.css'

takeKeyFromAddress(window.location, window.history, window.sessionStorage)

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
