/** Where the guide has no configuration, none is needed. */
export default {};
