export { editsOf, pathOf } from './edits';
export {
  briefly,
  exitState,
  listIn,
  mcpName,
  numbered,
  numberIn,
  relative,
  textIn,
  type Input,
} from './input';
