import { createContext } from 'react';

/** Whether what is shown is still being said: code is coloured when it is whole, not anew with every word. */
export const Growing = createContext(false);
