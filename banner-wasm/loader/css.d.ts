// Style sheets are minified into strings by the build.
declare module '*.css' {
  const text: string;
  export default text;
}
