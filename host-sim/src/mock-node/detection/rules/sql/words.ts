// Which words mean something to a database?

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Join conditions. `and` and `or` of ordinary prose need more around them. */
export const LOGIC = set(
  "or and xor || && having where rlike regexp like div not between in union",
);
export const CONNECTIVES = set("or and xor || &&");
export const COMPARISONS = set(
  "= == != <> < > <= >= <=> like rlike regexp between in is glob sounds similar not ~ !< !> ilike match",
);
export const ARITHMETIC = set("+ - * / % ^ | & || && div mod ~ << >> := !");
export const LITERAL_WORDS = set("true false null unknown");

/** Functions that injections call to read, compare or spell something. */
export const FUNCTIONS = set(`
  ascii ord substr substring substring_index mid left right length len char_length char chr nchar unichar hex unhex
  bin user database version current_user system_user session_user schema db_name user_name suser_sname host_name count
  exists if iif ifnull isnull nullif coalesce nvl decode cast convert concat concat_ws group_concat string_agg listagg
  wm_concat rand random md5 sha1 sha2 row elt make_set strcmp bit_length lower upper instr locate position regexp_like
  regexp_substr row_count last_insert_id greatest least floor power sqrt exp json_keys json_extract xmltype to_char
  to_number rtrim ltrim trim replace reverse repeat rpad lpad space quotename load_file updatexml extractvalue sleep
  benchmark pg_sleep waitfor randomblob zeroblob hextoraw rawtohex utl_raw sys_context sysdate now current_setting
  current_database current_schema typeof sqlite_version changes quote printf unicode min max sum avg uuid name_const
  password aes_encrypt des_encrypt encode compress find_in_set object_id schema_name has_dbaccess is_srvrolemember
  is_member permissions stuff str patindex charindex ascii_str cot sin procedure analyse date_format st_latfromgeohash`);

/** Functions and procedures that no ordinary value names, called or not. */
export const DANGEROUS_CALLS = set(`
  extractvalue updatexml load_file pg_sleep benchmark name_const xp_cmdshell xp_dirtree xp_regread xp_regwrite
  xp_fileexist xp_subdirs xp_servicecontrol xp_availablemedia xp_enumgroups xp_loginconfig xp_makecab xp_ntsec_enumdomains
  xp_terminate_process sp_oacreate sp_oamethod sp_configure sp_addextendedproc sp_makewebtask sp_executesql sp_password
  sp_addlogin sp_addsrvrolemember sp_helpdb openrowset opendatasource openquery load_extension pg_read_file pg_ls_dir
  pg_read_binary_file lo_import lo_export gtid_subset gtid_subtract geometrycollection multipoint multilinestring
  multipolygon linestring polygon utl_inaddr utl_http utl_smtp httpuritype dbms_ldap dbms_pipe dbms_lock dbms_xmlgen
  dbms_java dbms_scheduler dbms_utility dbms_session dbms_xslprocessor dbms_xmlquery ctxsys ordsys sys_eval sys_exec
  database_to_xml query_to_xml dblink dblink_connect dblink_send_query group_concat randomblob row_number sqlite_compileoption_used
  fn_my_permissions fn_trace_gettable make_set uuid_short st_latfromgeohash st_pointfromgeohash master_pos_wait regexp_substring
  utl_file is_srvrolemember has_dbaccess fn_xe_file_target_read_file fn_get_audit_file char_length_json json_keys_in
  db_name object_id suser_sname`);

/** Tables and schemas that tell of the database itself. */
export const CATALOGS = set(`
  information_schema pg_catalog pg_shadow pg_user pg_database pg_tables pg_class pg_authid pg_stat_activity sysobjects syscolumns
  sysusers sysdatabases syslogins sysprocesses sqlite_master sqlite_schema sqlite_temp_master all_tables all_tab_columns
  all_users user_tables user_tab_columns user_objects dba_users dba_tables msysobjects msysaccessobjects sysibm syscat
  sysmaster systables innodb_table_stats innodb_index_stats v$version v$instance v$session v$database rdb$database
  rdb$relations schemata load_stats_by_host`);

/** Of CREATE, DROP and the like. */
export const DEFINABLE = set(`
  table database schema view user login procedure proc function index trigger column role sequence alias java language extension
  assembly`);
/** How such a statement goes on. */
export const AFTER_DEFINABLE = set(`
  where cascade restrict as exists if identified with add drop on for returns set from password superuser not using modify`);
/** Of a block, after BEGIN. */
export const BLOCK_STARTS = set("declare dbms_lock dbms_session user_lock execute transaction");

/** Before a table's name these make it prose. */
export const DETERMINERS = set("the a an this your our my these all");
export const AFTER_TABLE = set(
  "where limit order group union join inner left as having and or into procedure",
);
/** In the databases `mysql`, `sys` and `master`. */
export const MASTER_TABLES = set(
  "user tables databases sysdatabases columns objects db sql_logins",
);

/** After these a query wants a value. */
export const BEFORE_VALUE = set("select by having when then else where limit div not");

/** Calls by which an injection spells a text, or asks for one bit of an answer. */
export const CHARACTER_CALLS = set("char chr nchar");
export const JOINING_CALLS = set("concat concat_ws group_concat");
export const CHOOSING_CALLS = set("if iif elt ifnull nullif coalesce");
export const NESTED_CALLS = set(
  "ascii ord length substr substring mid hex unhex exp cast convert count upper lower floor",
);

/** How a whole query in a parameter may begin. */
export const WHOLE_QUERIES = set(
  "select insert update delete drop create alter truncate exec execute declare waitfor",
);
