export { CodeLines, Tokens } from './code-lines';
export { highlight, type Token, type TokenLine } from './highlight';
export { languageNamed, languageOf, type Language } from './languages';
export { useHighlight } from './use-highlight';
