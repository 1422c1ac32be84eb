import { render } from 'preact';
import { App } from './App.tsx';
import './ui/theme.ts';
import './ui/styles/tokens.css';
import './ui/styles/base.css';
import './ui/styles/shell.css';
import './ui/styles/chat.css';
import './ui/styles/prose.css';
import './ui/styles/dialog.css';

render(<App />, document.getElementById('page')!);
