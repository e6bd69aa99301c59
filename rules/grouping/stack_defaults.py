"""The built-in rules about frames, in the syntax of those in a rule file, and before them.

What is obviously library code is not in the app, whatever its producer says; machinery that only carries a call or an
error on does not count, because it differs from one version of a runtime, or one run, to the next.
"""

__all__ = ["DEFAULT_STACK_RULES"]

_JAVASCRIPT = """
family:javascript stack.abs_path:**/node_modules/** -app
family:javascript stack.abs_path:node:** -app
family:javascript stack.abs_path:internal/** -app
family:javascript stack.abs_path:webpack/** -app
family:javascript stack.abs_path:webpack:///webpack/** -app
family:javascript stack.abs_path:{chrome,moz,safari,safari-web}-extension://** -app
family:javascript stack.abs_path:**/@sentry/** -app -group
family:javascript stack.abs_path:**/@sentry-internal/** -app -group
family:javascript stack.abs_path:node:internal/process/task_queues -group
family:javascript stack.abs_path:**/zone.js/** -app -group
family:javascript stack.abs_path:**/regenerator-runtime/** -app -group
family:javascript stack.abs_path:**/core-js/** -app -group
family:javascript stack.function:{asyncGeneratorStep,_asyncToGenerator,__awaiter,_next,tryCatch} -group
family:javascript stack.function:{fulfilled,rejected} -group
family:javascript stack.function:__webpack_require__ -app -group
"""
_PYTHON = """
family:python stack.abs_path:**/site-packages/** -app
family:python stack.abs_path:**/dist-packages/** -app
family:python stack.abs_path:"<frozen **" -app -group
family:python stack.module:importlib.** -app -group
family:python stack.module:sentry_sdk.** -app -group
family:python stack.module:runpy stack.function:_run_* -group
family:python stack.module:ddtrace.** -app -group
family:python stack.module:newrelic.** -app -group
"""
_JVM = """
family:jvm stack.module:java.lang.reflect.* -app -group
family:jvm stack.module:jdk.internal.reflect.* -app -group
family:jvm stack.module:sun.reflect.* -app -group
family:jvm stack.module:java.lang.invoke.* -app -group
family:jvm stack.module:io.sentry.* -app -group
family:jvm stack.module:*$$FastClassBy* -group
family:jvm stack.module:*$$EnhancerBy* -group
family:jvm stack.module:*$$SpringCGLIB* -group
family:jvm stack.module:{*.,}$Proxy* -app -group
family:jvm stack.module:{*_ClientProxy,*_Subclass,*_Subclass$$*,*_Bean} -group
family:jvm stack.module:kotlin.coroutines.jvm.internal.* -app -group
family:jvm stack.module:org.codehaus.groovy.** -app -group
family:jvm stack.module:org.apache.groovy.** -app -group
family:jvm stack.module:{java,javax,jdk,sun,com.sun,jakarta}.* -app
family:jvm stack.module:{android,androidx,dalvik,com.android}.* -app
family:jvm stack.module:{kotlin,kotlinx,scala}.* -app
family:jvm stack.module:{io.netty,io.grpc,io.vertx,io.quarkus,io.smallrye,reactor,rx,akka}.* -app
family:jvm stack.module:com.{fasterxml,zaxxer,google.common,google.inject,google.gson}.* -app
family:jvm stack.module:org.{springframework,apache,hibernate,eclipse,jboss,junit}.* -app
"""
_DOTNET = """
family:dotnet stack.module:System.Runtime.ExceptionServices.* -app -group
family:dotnet stack.module:System.Runtime.CompilerServices.* -app -group
family:dotnet stack.module:System.Threading.{Tasks,ExecutionContext,ThreadPool}* -app -group
family:dotnet stack.function:lambda_method* -group
family:dotnet stack.module:Sentry.* -app -group
"""
_OTHERS = """
family:go stack.function:{runtime.gopanic,gopanic,panic} ^-group -group
family:go stack.function:{runtime.,}{panicmem,sigpanic,panicIndex,panicdivide,goPanicIndex} ^-group -group
family:go stack.function:{runtime.,}goexit* -app -group
family:go stack.abs_path:**/go/pkg/mod/** -app
family:php stack.abs_path:**/vendor/** -app
family:php stack.abs_path:**/sentry/sentry/** -app -group
family:ruby stack.abs_path:**/gems/** -app
family:ruby stack.abs_path:"<internal:**" -app -group
family:dart stack.abs_path:package:flutter/** -app
family:dart stack.abs_path:dart:** -app
family:elixir stack.abs_path:**/deps/** -app
"""
_NATIVE = """
family:native stack.package:/usr/lib/** -app
family:native stack.package:/lib{,64}/** -app
family:native stack.package:/System/Library/** -app
family:native stack.package:{/system,/apex,/vendor}/** -app
family:native stack.package:C:/Windows/** -app
family:native stack.package:{UIKit,UIKitCore,SwiftUI,GraphicsServices,QuartzCore} -app
family:native stack.package:{IOKit,WebKit,OpenGLES,GLEngine,AttributeGraph,CoreAutoLayout,AudioToolbox*,Metal*} -app
family:native stack.package:{AGX*,libGPU*,libc++*,dyld*} -app
family:native stack.package:{Foundation,CoreFoundation,CFNetwork} -app
family:native stack.package:{libobjc,libsystem,libdispatch,libdyld,libswift}* -app
family:native stack.package:{/private,}/var/containers/Bundle/Application/** +app
family:native stack.package:**/libSystem.B.dylib -app
family:native stack.function:{std,core}::panicking::{panic,begin_panic,rust_panic}* ^-group -app -group
family:native stack.function:{std,core}::panicking::{assert,default_hook,unreachable}* ^-group -app -group
family:native stack.function:rust_begin_unwind ^-group -app -group
family:native stack.function:{std,core,alloc,boost}::* -app
family:native stack.function:__rust_{begin,end}_short_backtrace* -app -group
family:native stack.function:{abort,__cxa_throw,objc_exception_throw,_CxxThrowException,RaiseException} ^-group -app
family:native stack.function:{*terminate_handler*,std::*terminate*,_objc_terminate*} ^-group -app -group
family:native stack.package:{libdispatch,libsystem_pthread}* -app -group
family:native app:no stack.function:{<unknown>,<redacted>,\\?,\\?\\?} -group
family:native stack.function:{_start,__libc_start_main*,start,start_thread,clone,BaseThreadInitThunk} -app -group
family:native stack.function:{__swift_,block_destroy_helper,block_copy_helper}* -group
family:native stack.function:RtlUserThreadStart -app -group
family:native stack.function:{google_breakpad,crashpad,sentry__}* -app -group
"""

DEFAULT_STACK_RULES = tuple(
    line for text in (_JAVASCRIPT, _PYTHON, _JVM, _DOTNET, _OTHERS, _NATIVE) for line in text.strip().splitlines()
)
