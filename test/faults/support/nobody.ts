/** Where does surely nobody listen? At a port that only root could take, and that was never given away. */
export const NOBODY = "http://127.0.0.1:1";
