import { useRef } from 'react';

const typingPause = 700;

/** Gathers letters typed shortly after one another. Returns a function from a letter to all of them. */
export function useTypeAhead(): { isTyping(): boolean; type(letter: string): string } {
  const typed = useRef({ text: '', time: 0 });
  const isTyping = () => typed.current.text !== '' && performance.now() - typed.current.time < typingPause;
  return {
    isTyping,
    type(letter) {
      const text = (isTyping() ? typed.current.text : '') + letter;
      typed.current = { text, time: performance.now() };
      return text;
    },
  };
}
